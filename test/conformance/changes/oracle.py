"""Runs Ansible's own modules, each task in a process of its own, and prints what they return.

In: a list of {module, args, path}, the search path for programs among them. Out: a list of {failed, changed, msg}.
"""
import contextlib
import importlib
import io
import json
import os
import sys


def find(name):
    short = name.rsplit(".", 1)[-1]
    for place in ("ansible.modules.", "ansible_collections.ansible.posix.plugins.modules."):
        with contextlib.suppress(ImportError):
            return importlib.import_module(place + short)
    raise SystemExit(f"no module {name}")


def run(module, args, path):
    from ansible.module_utils import basic

    given = {**args, "_ansible_remote_tmp": "/tmp", "_ansible_keep_remote_files": False}
    basic._ANSIBLE_ARGS = json.dumps({"ANSIBLE_MODULE_ARGS": given}).encode()
    os.environ["PATH"] = path
    output = io.StringIO()
    with contextlib.redirect_stdout(output), contextlib.redirect_stderr(io.StringIO()):
        try:
            module.main()
        except SystemExit:
            pass
        except BaseException as error:
            return {"failed": True, "msg": str(error)}
    return json.loads(output.getvalue().strip().splitlines()[-1])


def in_child(task):
    module = find(task["module"])
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        report = run(module, task["args"], task["path"])
        with os.fdopen(writer, "w") as pipe:
            json.dump(report, pipe)
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as pipe:
        text = pipe.read()
    os.waitpid(child, 0)
    report = json.loads(text) if text else {"failed": True, "msg": "the module died"}
    return {key: report.get(key) for key in ("failed", "changed", "msg")}


os.umask(0o022)
json.dump([in_child(task) for task in json.load(sys.stdin)], sys.stdout)
