"""pymemcache. Arguments: the port; reply or noreply."""

import sys

import driver
from pymemcache import serde
from pymemcache.client.base import Client


class Pymemcache:
    def __init__(self, port, mode):
        options = dict(default_noreply=mode == 'noreply', allow_unicode_keys=True, timeout=10)
        self.client = Client(('127.0.0.1', port), **options)
        self.own = Client(('127.0.0.1', port), serde=serde.pickle_serde, **options)
        self.set = self.client.set
        self.get = self.client.get
        self.many = self.client.get_many
        self.delete = self.client.delete
        self.version = self.client.version
        self.set_own = self.own.set
        self.get_own = self.own.get

    def stat(self, name):
        return self.client.stats()[name.encode()]


driver.serve(Pymemcache(int(sys.argv[1]), sys.argv[2]))
