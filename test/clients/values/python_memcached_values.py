"""Stores one of each kind of value with python-memcached. Argument: the port."""

import sys

import memcache
from values import PLAIN, TO_COMPRESS, store

client = memcache.Client([f'127.0.0.1:{sys.argv[1]}'])
store(client.set, PLAIN)
store(client.set, TO_COMPRESS, min_compress_len=1000)
newest = memcache.Client([f'127.0.0.1:{sys.argv[1]}'], pickleProtocol=5)
store(newest.set, {'list-newest': ['hi']})
