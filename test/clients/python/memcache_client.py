"""python-memcached. Argument: the port."""

import sys

import driver
import memcache


class PythonMemcached:
    def __init__(self, port):
        self.client = memcache.Client([f'127.0.0.1:{port}'], dead_retry=1, socket_timeout=10)
        self.set = self.client.set
        self.get = self.client.get
        self.many = self.client.get_multi
        self.get_own = self.client.get

    def delete(self, key):
        return self.client.delete(key)

    def stat(self, name):
        return self.client.get_stats()[0][1][name]

    def version(self):
        return self.stat('version')

    def set_own(self, key, value):
        return self.client.set(key, value, min_compress_len=1000)


driver.serve(PythonMemcached(sys.argv[1]))
