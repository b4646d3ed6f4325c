"""Stores one of each kind of value with pymemcache. Argument: the port."""

import sys

from pymemcache import serde
from pymemcache.client.base import Client
from values import PLAIN, TO_COMPRESS, store

server = ('127.0.0.1', int(sys.argv[1]))
store(Client(server, serde=serde.pickle_serde, default_noreply=False).set, PLAIN)
store(Client(server, default_noreply=False, encoding='utf-8').set, {'call-plain': PLAIN['call']})
if hasattr(serde, 'compressed_serde'):
    store(Client(server, serde=serde.compressed_serde, default_noreply=False).set, TO_COMPRESS)
