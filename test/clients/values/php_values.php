<?php
// Stores one of each kind of value with PHP's Memcached. Argument: the port.

function client(array $options = []): Memcached
{
    $memcached = new Memcached();
    $memcached->setOptions($options);
    $memcached->addServer('127.0.0.1', (int) $GLOBALS['argv'][1]);
    return $memcached;
}

function store(Memcached $memcached, string $queue, $value): void
{
    if (!$memcached->set($queue, $value)) throw new RuntimeException($memcached->getResultMessage());
}

$long = str_repeat('memq is a queue. ', 2000);
$far = str_repeat(implode(' ', range(0, 3999)), 5);
$list = array_fill(0, 1000, ['method' => 'saveToLocal', 'args' => ['hi']]);

$fastlz = client([Memcached::OPT_COMPRESSION_TYPE => Memcached::COMPRESSION_FASTLZ]);
$zlib = client([Memcached::OPT_COMPRESSION_TYPE => Memcached::COMPRESSION_ZLIB]);
$json = client([Memcached::OPT_SERIALIZER => Memcached::SERIALIZER_JSON]);
store($fastlz, 'call', "saveToLocal('hi')");
store($fastlz, 'unicode', "saveToLocal('哈哈 ü')");
store($fastlz, 'long', "saveToLocal('$long')");
store($zlib, 'long-zlib', "saveToLocal('$long')");
store($fastlz, 'far', "saveToLocal('$far')");
store($zlib, 'far-zlib', "saveToLocal('$far')");
store(client([Memcached::OPT_COMPRESSION => false]), 'long-plain', "saveToLocal('$long')");
store(client([Memcached::OPT_USER_FLAGS => 0xffff]), 'long-flags', "saveToLocal('$long')");
store($json, 'json', ['method' => 'saveToLocal', 'args' => ['hi']]);
store($json, 'long-json', ['method' => 'saveToLocal', 'args' => [$long]]);
store($fastlz, 'integer', 5);
store($fastlz, 'float', 2.5);
store($fastlz, 'true', true);
store($fastlz, 'false', false);
store($fastlz, 'list', $list);
store($zlib, 'list-zlib', $list);
store($fastlz, 'list-short', ['hi']);
store(client([Memcached::OPT_SERIALIZER => Memcached::SERIALIZER_IGBINARY]), 'igbinary', ['hi']);
store(client([Memcached::OPT_SERIALIZER => Memcached::SERIALIZER_MSGPACK]), 'msgpack', ['hi']);
