<?php
// Runs the jobs of memq-consume with a class as it is (PHP 7.3 or later):  command = php runner.php Worker.php
// A job is one line of JSON on standard input; its answer is one on standard output.

// What the class prints goes to standard error, from where memq-consume logs it.
ob_start(function (string $text): string {
    fwrite(STDERR, $text);
    return '';
}, 1, 0);

require $argv[1];

(static function (): void {
    $write = function (array $line): void {
        $text = json_encode($line, JSON_INVALID_UTF8_SUBSTITUTE | JSON_PARTIAL_OUTPUT_ON_ERROR);
        fwrite(STDOUT, "\n$text\n"); // the first newline ends what the class may have written to STDOUT itself
    };
    $write(['ready' => true]);
    $worker = null;
    while (($line = fgets(STDIN)) !== false) {
        $job = json_decode($line, true, 1024, JSON_BIGINT_AS_STRING | JSON_THROW_ON_ERROR);
        ['id' => $id, 'method' => $name] = $job;
        try {
            $class = new ReflectionClass($job['class']);
            $method = $class->hasMethod($name) ? $class->getMethod($name) : null;
            if (!$method || !$method->isPublic() || $method->class !== $class->name || $name[0] === '_') {
                $write(['id' => $id, 'error' => "$name is not a public method of class $class->name", 'final' => true]);
                continue;
            }
            $worker = $worker ?? $class->newInstance();
            $write(['id' => $id, 'ok' => true, 'result' => $worker->$name(...$job['args'])]);
        } catch (Throwable $e) {
            $kind = get_class($e);
            // An exception of a class called Fail says that another try would be in vain.
            $final = preg_match('/(^|\\\\)Fail$/', $kind) === 1;
            $trace = "{$e->getFile()}:{$e->getLine()}\n{$e->getTraceAsString()}";
            $write(['id' => $id, 'error' => "$kind: {$e->getMessage()}", 'trace' => $trace, 'final' => $final]);
        }
    }
})();
