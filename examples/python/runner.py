"""Runs the jobs of memq-consume with a class as it is:  command = python3 runner.py worker

The argument is the module with the class. A job is one line of JSON on standard input; its answer is one on
standard output.
"""
import importlib
import json
import os
import sys
import traceback

# What the class and the programs that it starts print goes to standard error, from where memq-consume logs it.
answers = os.fdopen(os.dup(1), 'w')
os.dup2(2, 1)
sys.stdout = sys.stderr


def write(**line):
    try:
        text = json.dumps(line, allow_nan=False, default=str)
    except (TypeError, ValueError):
        text = json.dumps({**line, 'result': repr(line.get('result'))})
    print(text, file=answers, flush=True)


sys.path.insert(0, os.getcwd())
module = importlib.import_module(sys.argv[1])
write(ready=True)
worker = None
for text in sys.stdin.buffer:
    job = json.loads(text)
    id, name = job['id'], job['method']
    try:
        Class = getattr(module, job['class'])
        if name.startswith('_') or not callable(vars(Class).get(name)):
            write(id=id, error=f'{name} is not a public method of class {Class.__name__}', final=True)
            continue
        worker = worker or Class()
        write(id=id, ok=True, result=getattr(worker, name)(*job['args']))
    except Exception as error:
        # An exception of a class called Fail says that another try would be in vain.
        kind = type(error).__name__
        write(id=id, error=f'{kind}: {error}', trace=traceback.format_exc(), final=kind == 'Fail')
