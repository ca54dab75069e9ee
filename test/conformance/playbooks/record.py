"""A stdout callback that writes what happened as JSON lines to the file RECORD names."""
import json
import os

from ansible.playbook.handler import Handler
from ansible.plugins.callback import CallbackBase

DOCUMENTATION = '''
name: record
type: stdout
short_description: record task results
description: writes task results as JSON lines
'''

STRUCTURE = ('include_tasks', 'include_role', 'meta', 'import_tasks', 'import_role')


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = 'stdout'
    CALLBACK_NAME = 'record'

    def write(self, line):
        with open(os.environ['RECORD'], 'a') as file:
            file.write(json.dumps(line) + '\n')

    def task(self, result, outcome):
        task = result._task
        if task.action.split('.')[-1] in STRUCTURE and outcome == 'ok' or task.action.split('.')[-1] == 'meta':
            return
        name = result._task_fields.get('name') or task.name or task.action
        said = None
        if task.action.split('.')[-1] == 'debug' and outcome == 'ok':
            data = result._result
            said = [one.get('msg') for one in data['results']] if 'results' in data else data.get('msg')
        kind = 'handler ' if isinstance(task, Handler) else ''
        self.write({'host': result._host.get_name(), 'task': kind + name, 'outcome': outcome, 'said': said})

    def v2_runner_on_ok(self, result, **kwargs):
        self.task(result, 'changed' if result.is_changed() else 'ok')

    def v2_runner_on_failed(self, result, ignore_errors=False):
        self.task(result, 'failed ignored' if ignore_errors else 'failed')

    def v2_runner_on_skipped(self, result):
        self.task(result, 'skipped')

    def v2_runner_on_unreachable(self, result):
        self.task(result, 'unreachable')

    def v2_playbook_on_stats(self, stats):
        for host in sorted(stats.processed.keys()):
            self.write({'recap': host, 'stats': stats.summarize(host)})
