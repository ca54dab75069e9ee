"""Asks ansible-core how it renders templates: reads cases as JSON from stdin, writes their answers as JSON to stdout."""
import copy
import json
import math
import os
import sys

from ansible.parsing.dataloader import DataLoader
from ansible.playbook.conditional import Conditional
from ansible.template import AnsibleEnvironment, AnsibleUndefined, Templar
from ansible.utils.display import Display

Display.verbosity = 0


def key_text(key):
    """A key as JSON has it."""
    if isinstance(key, str):
        return str(key)
    return json.dumps(key) if key is None or isinstance(key, (bool, int, float)) else str(key)


def plain(value):
    """A Python value as JSON has it: keys as text, tuples as lists; what JSON lacks as its text."""
    if isinstance(value, dict):
        return {key_text(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(item) for item in value]
    if value is None or isinstance(value, (bool, int)):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    return str(value)


def render(case, variables, folder, loader):
    templar = Templar(loader, variables=variables)
    mode, template = case['mode'], case['template']
    if mode == 'value':
        return templar.template(template)
    if mode == 'when':
        conditional = Conditional(loader=loader)
        conditional.when = [template]
        return bool(conditional.evaluate_conditional(templar, variables))
    options = case.get('options', {})
    environment = templar.copy_with_new_env(
        environment_class=AnsibleEnvironment,
        searchpath=[os.path.join(folder, 'templates'), folder],
        trim_blocks=options.get('trimBlocks', True),
        lstrip_blocks=options.get('lstripBlocks', False),
        available_variables=variables,
    )
    return environment.do_template(template, preserve_trailing_newlines=True, escape_backslashes=False)


def refuse(value):
    str(value)


def main():
    request = json.load(sys.stdin)
    if request.get('hidden_undefined_fails'):
        # An undefined value inside a list or dict that becomes text: shown as AnsibleUndefined(…), an error with us.
        AnsibleUndefined.__repr__ = refuse
    folder = request['folder']
    os.chdir(folder)
    answers = []
    for case in request['cases']:
        loader = DataLoader()
        loader.set_basedir(folder)
        variables = copy.deepcopy(request['variables'])
        variables['ansible_search_path'] = [folder]
        try:
            answers.append({'value': plain(render(case, variables, folder, loader))})
        except Exception as error:  # whatever it says, it is the answer
            message = '%s: %s' % (type(error).__name__, error)
            answers.append({'error': message.replace(folder, '.')[:200]})
    json.dump(answers, sys.stdout)


main()
