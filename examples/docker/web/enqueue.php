<?php
// One job, as a web application enqueues it.
$memq = new Memcached();
$memq->addServer(getenv('MEMQ_HOST') ?: 'memq', (int) (getenv('MEMQ_PORT') ?: 22201));
$memq->setOption(Memcached::OPT_COMPRESSION, false);

if (!$memq->set('my:memq:test', "saveToLocal('hi from PHP')")) {
    fwrite(STDERR, "not stored: {$memq->getResultMessage()}\n");
    exit(1);
}
echo "stored\n";
