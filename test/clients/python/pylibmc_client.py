"""pylibmc. Arguments: the port; text or binary."""

import sys

import driver
import pylibmc


class Pylibmc:
    def __init__(self, port, mode):
        self.client = pylibmc.Client(
            [f'127.0.0.1:{port}'],
            binary=mode == 'binary',
            behaviors={'tcp_nodelay': True, 'retry_timeout': 1, 'receive_timeout': 10_000_000},
        )
        self.set = self.client.set
        self.get = self.client.get
        self.many = self.client.get_multi
        self.delete = self.client.delete
        self.get_own = self.client.get

    def stat(self, name):
        return self.client.get_stats()[0][1][name]

    def version(self):
        return self.stat('version')

    def set_own(self, key, value):
        return self.client.set(key, value, min_compress_len=1000)


driver.serve(Pylibmc(sys.argv[1], sys.argv[2]))
