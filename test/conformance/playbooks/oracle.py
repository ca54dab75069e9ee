"""Runs playbooks with ansible-core: cases as JSON on standard input, what came of each as JSON on standard output.

One process imports ansible-core once; each case runs in a fork of it, a few beside each other.
"""
import json
import os
import sys
import tempfile

os.environ.update(
    ANSIBLE_STDOUT_CALLBACK='record',
    ANSIBLE_CALLBACK_PLUGINS=os.path.dirname(os.path.abspath(__file__)),
    ANSIBLE_LOCALHOST_WARNING='false',
    ANSIBLE_RETRY_FILES_ENABLED='false',
    # Nobody's own configuration.
    ANSIBLE_CONFIG='/nonexistent/ansible.cfg',
    ANSIBLE_HOST_KEY_CHECKING='false',
)

from ansible.cli.playbook import PlaybookCLI  # noqa: E402
import ansible.executor.playbook_executor  # noqa: E402,F401
import ansible.plugins.strategy.linear  # noqa: E402,F401
import ansible.plugins.strategy.free  # noqa: E402,F401


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, 'w') as file:
        file.write(text)


def arguments(args):
    words = []
    for tag in args.get('tags', []):
        words += ['--tags', tag]
    for tag in args.get('skipTags', []):
        words += ['--skip-tags', tag]
    for pair in args.get('extraVars', []):
        words += ['-e', pair]
    if args.get('forceHandlers'):
        words.append('--force-handlers')
    if 'limit' in args:
        words += ['--limit', args['limit']]
    if 'startAtTask' in args:
        words += ['--start-at-task', args['startAtTask']]
    return words


def start(case):
    folder = tempfile.mkdtemp(prefix='playbook-')
    hosts = ''.join('    %s:\n' % host for host in case['hosts'])
    interpreter = '    ansible_python_interpreter: %s\n' % sys.executable
    write(folder + '/hosts.yml', 'all:\n  vars:\n    ansible_connection: local\n' + interpreter + '  hosts:\n' + hosts)
    for path, text in case['files'].items():
        write(os.path.join(folder, path), text)
    child = os.fork()
    if child:
        return child, folder
    os.chdir(folder)
    os.environ['RECORD'] = folder + '/.record'
    quiet = os.open(os.environ.get('NOISE', '/dev/null'), os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(quiet, 1)
    os.dup2(quiet, 2)
    code = 250
    try:
        PlaybookCLI.cli_executor(['ansible-playbook', 'play.yml', '-i', 'hosts.yml'] + arguments(case['args']))
    except SystemExit as end:
        code = end.code or 0
    finally:
        os._exit(code)


def answer(folder, status):
    try:
        with open(folder + '/.record') as file:
            return {'code': os.waitstatus_to_exitcode(status), 'lines': [json.loads(line) for line in file]}
    except FileNotFoundError:
        return {'code': os.waitstatus_to_exitcode(status), 'lines': []}


cases = json.load(sys.stdin)
answers = [None] * len(cases)
running = {}
for index, case in enumerate(cases):
    child, folder = start(case)
    running[child] = (index, folder)
    while len(running) >= 3 or (running and index + 1 == len(cases)):
        done, status = os.wait()
        place, where = running.pop(done)
        answers[place] = answer(where, status)
        os.system("rm -rf '%s'" % where)
json.dump(answers, sys.stdout)
