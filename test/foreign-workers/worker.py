import asyncio
import concurrent.futures
import multiprocessing
import os
import signal
import sys
import threading


class Fail(Exception):
    pass


class NoSuchUser(Fail):
    pass


class LoginFail(Exception):
    pass


class Unspeakable(Exception):
    def __str__(self):
        raise ValueError('no words')


class Base:
    def inherited(self):
        pass


class Worker(Base):
    """What no worker should do, and what its runner has to bear."""
    attribute = 1

    def __init__(self):
        pass

    def _secret(self):
        pass

    def same(self, value):
        return value

    def next(self, number):
        return number + 1

    def prints(self):
        print('printed', flush=True)
        os.system('echo from a program')
        os.write(1, b'written\n')

    def whispers(self):
        os.write(2, b'quiet words')

    def dies(self):
        print('last words', flush=True)
        os._exit(3)

    def forks(self):
        if os.fork() == 0:
            return 'the copy'
        os.wait()
        return 'the first'

    def exits(self):
        sys.exit(3)

    def loops(self):
        while True:
            pass

    def crashes(self):
        os.kill(os.getpid(), signal.SIGSEGV)

    def fails(self):
        raise Exception('boom')

    def breaks(self):
        return undefined_function()

    def odd(self):
        return [float('nan'), b'\xff']

    def beyond(self):
        raise KeyboardInterrupt('beyond')

    def chain(self):
        try:
            try:
                error = ConnectionError('refused')
                error.host, error.code = 'db1', 61
                raise error
            except Exception as error:
                raise LookupError('long ' * 5000) from error
        except Exception:
            raise RuntimeError('not saved')

    def group(self):
        raise ExceptionGroup('two', [ValueError('first'), ExceptionGroup('more', [KeyError('second')])])

    def binary(self):
        raise Exception(os.fsdecode(b'caf\xe9'))

    def unspeakable(self):
        raise Unspeakable()

    def login(self):
        raise LoginFail('try again')

    def hopeless(self):
        raise NoSuchUser('gone')

    def large(self):
        return 'x' * (3 << 20)

    def endless(self):
        value = []
        value.append(value)
        return value

    def later(self):
        yield 1

    async def async_later(self):
        yield 1

    def mapped(self):
        return map(self.same, [1])

    def closure(self):
        return self.same

    def nested(self):
        return {'mail': [self.promise()]}

    async def promise(self):
        await asyncio.sleep(0)
        return 'kept'

    def several(self):
        return {'a': self.promise(), 'b': 1}

    def plain(self):
        return self.promise()

    def task(self):
        return asyncio.new_event_loop().create_task(self.promise())

    def future(self):
        return concurrent.futures.ThreadPoolExecutor(1).submit(lambda: 'kept')

    def thread(self):
        thread = threading.Thread(target=lambda: print('from a thread'))
        thread.start()
        return thread

    def idle_thread(self):
        return threading.Thread(target=print)

    def process(self):
        process = multiprocessing.get_context('fork').Process(target=os._exit, args=[4])
        process.start()
        return process

    async def forgets(self):
        asyncio.create_task(asyncio.sleep(1000), name='forgotten')

    async def cancels(self):
        task = asyncio.create_task(asyncio.sleep(1000))
        await asyncio.sleep(0)
        task.cancel()

    def reads(self):
        return sys.stdin.read()
