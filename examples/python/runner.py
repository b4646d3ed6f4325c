"""Runs the jobs of memq-consume with a class as it is (Python 3.7 or later):  command = python3 runner.py worker

The argument is the module with the class. A job is one line of JSON on standard input; its answer is one on
standard output. docs/other-languages.md of memq says what they look like.
"""
import builtins
import functools
import json
import os
import sys
import types
from collections.abc import Awaitable

# Characters of JSON. Of a longer result, which memq does not keep, only that the job is done is told.
MAX_RESULT = 65536
MAX_PROPERTIES = 500
MAX_FRAMES = 50

# Runs only when somebody calls it, or goes through it.
LAZY = (types.GeneratorType, types.AsyncGeneratorType, map, filter, zip, enumerate,
        types.FunctionType, types.BuiltinFunctionType, types.MethodType, functools.partial)
OURS = sys._getframe().f_code.co_filename
GROUP = getattr(builtins, 'BaseExceptionGroup', ())  # Python 3.11 and later

PROCESS = os.getpid()

# What the class and the programs that it starts print goes to standard error, from where memq-consume logs it.
# What they read is empty: the jobs are ours.
jobs = os.fdopen(os.dup(0), 'rb')
answers = os.fdopen(os.dup(1), 'w')
os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
os.dup2(2, 1)
sys.stdout = sys.stderr


class Refused(Exception):
    """No other time will change it, and the text says all."""


def write(**line):
    send(json.dumps(line))


def send(text):
    if os.getpid() != PROCESS:
        os._exit(0)  # a copy that a job has made by os.fork: the job is not its own
    try:
        sys.stderr.flush()
    except Exception:
        pass  # the class may have closed it
    print(text, file=answers, flush=True)


def find_class(module, name):
    found = functools.reduce(lambda part, key: getattr(part, key, None), name.split('.'), module)
    if not isinstance(found, type):
        raise Refused(f'there is no class {name} in {module.__file__}' if name else 'config.ini names no class')
    return found


def check_method(Class, name):
    if name.startswith('_') or not callable(vars(Class).get(name)):
        raise Refused(f'{name} is not a public method of class {Class.__name__}')


def load():
    """The module, in which there is all that config.ini names."""
    sys.path.insert(0, os.getcwd())
    __import__(sys.argv[1])
    module = sys.modules[sys.argv[1]]
    if 'MEMQ_METHODS' in os.environ:
        Class = find_class(module, os.environ.get('MEMQ_CLASS', ''))
        for name in os.environ['MEMQ_METHODS'].split():
            check_method(Class, name)
    return module


def is_lazy(value):
    return isinstance(value, LAZY) or type(value).__module__ == 'itertools'


def refuse_lazy(value):
    kind = type(value).__name__
    raise Refused(f'the method returned an object of class {kind}, which is yet to be run, and nobody runs it')


def settled(value):
    """What has come of a method: what it returned, and what is in that, is waited for where it is under way."""
    value = settled_part(value)
    if isinstance(value, (list, tuple)):
        return [settled_part(part) for part in value]
    if isinstance(value, dict):
        return {key: settled_part(part) for key, part in value.items()}
    return value


def settled_part(value):
    kind = type(value)
    if is_lazy(value):
        refuse_lazy(value)
    if isinstance(value, Awaitable):
        return settled_part(awaited(value))
    if hasattr(kind, 'add_done_callback') and hasattr(kind, 'result'):  # a future of concurrent.futures
        return settled_part(value.result())
    if hasattr(kind, 'is_alive') and hasattr(kind, 'join'):  # a thread, or a process of multiprocessing
        value.join()
        return check_exit(getattr(value, 'exitcode', 0))
    if hasattr(kind, 'poll') and hasattr(kind, 'wait'):  # a process of subprocess
        return check_exit(value.wait())
    return value


def check_exit(code):
    if code:
        raise RuntimeError(f'the process that the method returned ended with exit code {code}')


def awaited(value):
    import asyncio  # takes longer to load than all else here

    async def run():
        result = await value
        left = asyncio.all_tasks() - {asyncio.current_task()}
        if left:  # some may be about to end
            _, left = await asyncio.wait(left, timeout=1)
        if left:
            raise RuntimeError(f'the method returned before tasks of its own had ended, which are cancelled: {left}')
        return result

    if isinstance(value, asyncio.Future):
        return value.get_loop().run_until_complete(value)
    return asyncio.run(run())


def encoded(value):
    """A result as JSON; undefined parts of it as text."""
    def other(part):
        if is_lazy(part) or isinstance(part, Awaitable):
            refuse_lazy(part)
        return str(part)

    try:
        return json.dumps(value, allow_nan=False, default=other)
    except Refused:
        raise
    except Exception:
        return json.dumps(repr(value))


def done(id, value):
    try:
        text = encoded(value)
        left_out = f'it has {len(text)} characters of JSON' if len(text) > MAX_RESULT else ''
    except Refused:
        raise
    except Exception as error:
        left_out = f'it cannot be written: {text_of(error)}'
    if not left_out:
        return send(f'{{"id": {json.dumps(id)}, "ok": true, "result": {text}}}')
    os.write(2, f'the result of job {id} is left out: {left_out}\n'.encode(errors='replace'))
    write(id=id, ok=True)


def told(error):
    """What an answer says of an error: what it is, where, and what caused it."""
    if isinstance(error, Refused):
        return {'error': str(error)}
    return {**described(error), 'causes': [described(cause) for cause in causes_of(error)]}


def described(error):
    frames, place = [], error.__traceback__
    while place is not None:
        code = place.tb_frame.f_code
        if code.co_filename != OURS and not code.co_filename.startswith('<frozen '):
            frames.append(f'{code.co_filename}:{place.tb_lineno}:in {code.co_name}')
        place = place.tb_next
    if isinstance(error, SyntaxError):
        frames.append(f'{error.filename}:{error.lineno}')
    return {'error': text_of(error), 'trace': '\n'.join(frames[:-MAX_FRAMES - 1:-1])}


def text_of(error):
    kind = type(error).__name__
    try:
        notes = getattr(error, '__notes__', None) or []
        data = (str, int, float, list, tuple, dict)
        properties = {key: part for key, part in vars(error).items() if isinstance(part, data) and part is not notes}
        more = json.dumps(properties, default=str)[:MAX_PROPERTIES] if properties else ''
        return '\n'.join([f'{kind}: {error} {more}'.rstrip(' :'), *map(str, notes)])
    except BaseException as problem:
        return f'{kind}, which cannot be shown: {type(problem).__name__}'


def causes_of(error):
    """What led to an error, down to the root; of a group its members as well."""
    found, waiting, seen = [], [error], {id(error)}
    while waiting:
        one = waiting.pop()
        cause = one.__cause__ if one.__suppress_context__ else one.__context__
        for each in [cause, *reversed(one.exceptions if isinstance(one, GROUP) else ())]:
            if each is not None and id(each) not in seen:
                seen.add(id(each))
                waiting.append(each)
        found.append(one)
    return found[1:11] + found[11:][-10:]


def main():
    write(ready=False)
    try:
        module = load()
    except Exception as error:
        write(**told(error))
        sys.exit(1)
    write(ready=True)
    worker = None
    for line in jobs:
        job = json.loads(line)
        try:
            Class = find_class(module, job.get('class', ''))
            check_method(Class, job['method'])
            worker = Class() if worker is None else worker
            done(job['id'], settled(getattr(worker, job['method'])(*job['args'])))
        except SystemExit:
            raise
        except BaseException as error:
            # An exception of a class called Fail, or derived from one, says that another try would be in vain.
            final = isinstance(error, Refused) or any(kind.__name__ == 'Fail' for kind in type(error).__mro__)
            write(id=job['id'], final=final, **told(error))


if __name__ == '__main__':  # processes of multiprocessing load this file as well
    main()
