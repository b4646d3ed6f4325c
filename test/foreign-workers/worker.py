import os
import signal
import sys


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
