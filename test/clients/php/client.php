<?php
// Does with PHP's Memcached what test/clients/driver.ts asks for. Arguments: the port; text, binary or noreply.

[, $port, $mode] = $argv;

$memcached = new Memcached();
$memcached->setOptions([
    Memcached::OPT_BINARY_PROTOCOL => $mode === 'binary',
    Memcached::OPT_NOREPLY => $mode === 'noreply',
    Memcached::OPT_COMPRESSION => false,
    Memcached::OPT_TCP_NODELAY => true,
    Memcached::OPT_RETRY_TIMEOUT => 1,
    Memcached::OPT_SERVER_FAILURE_LIMIT => 1000,
]);
$memcached->addServer('127.0.0.1', (int) $port);

$own = ['list' => [1, 2.5, null, true], 'text' => str_repeat('ü', 10000)];

/** `ok`, with the words behind it; or why not. */
function answer($value, string ...$words): string
{
    global $memcached;
    if ($value !== false) return implode(' ', ['ok', ...$words]);
    $code = $memcached->getResultCode();
    return $code === Memcached::RES_NOTFOUND ? 'no' : "error $code " . $memcached->getResultMessage();
}

function value($value): string
{
    return answer($value, base64_encode((string) $value));
}

/** With OPT_NOREPLY neither getStats nor getVersion waits for its answer; later reads take that for theirs. */
function told(callable $call): string
{
    global $mode;
    return $mode === 'noreply' ? 'unsupported' : value($call());
}

while (($line = fgets(STDIN)) !== false) {
    $words = explode(' ', rtrim($line, "\n"));
    $key = $words[1] ?? '';
    switch ($words[0]) {
        case 'set':
            $reply = answer($memcached->set($key, base64_decode($words[2])));
            break;
        case 'get':
            $reply = value($memcached->get($key));
            break;
        case 'many':
            $keys = array_slice($words, 1);
            $values = $memcached->getMulti($keys);
            $reply = answer($values, ...array_map(fn ($k) => isset($values[$k]) ? base64_encode($values[$k]) : '-', $keys));
            break;
        case 'delete':
            $reply = answer($memcached->delete($key));
            break;
        case 'stat':
            $reply = told(fn () => $memcached->getStats()["127.0.0.1:$port"][$key]);
            break;
        case 'version':
            $reply = told(fn () => $memcached->getVersion()["127.0.0.1:$port"]);
            break;
        case 'set-own':
            $memcached->setOption(Memcached::OPT_COMPRESSION, true);
            $reply = answer($memcached->set($key, $own));
            $memcached->setOption(Memcached::OPT_COMPRESSION, false);
            break;
        case 'get-own':
            $reply = $memcached->get($key) === $own ? 'ok' : 'no';
            break;
    }
    echo $reply, "\n";
}
