<?php
// Runs the jobs of memq-consume with a class as it is (PHP 7.3 or later):  command = php runner.php Worker.php
// A job is one line of JSON on standard input; its answer is one on standard output. docs/other-languages.md of memq
// says what they look like.

namespace MemqRunner;

// Bytes of JSON. Of a longer result, which memq does not keep, only that the job is done is told.
const MAX_RESULT = 65536;
const MAX_PROPERTIES = 500;
const MAX_FRAMES = 50;
const MAX_CAUSES = 20;
const JSON = JSON_INVALID_UTF8_SUBSTITUTE | JSON_PARTIAL_OUTPUT_ON_ERROR | JSON_UNESCAPED_SLASHES;
const FATAL = E_ERROR | E_PARSE | E_CORE_ERROR | E_COMPILE_ERROR | E_USER_ERROR;

/** No other time will change it, and the text says all. */
class Refused extends \Exception
{
}

function toErrors(string $text): string
{
    fwrite(STDERR, $text);
    return '';
}

class Runner
{
    private $process;
    private $worker;

    public function run(string $file): void
    {
        $this->process = getmypid();
        $this->catchOutput();
        $this->write(['ready' => false]);
        try {
            (static function () use ($file): void {
                require $file;
            })();
            if (getenv('MEMQ_METHODS') !== false) {
                $class = $this->findClass((string) getenv('MEMQ_CLASS'), $file);
                foreach (explode(' ', getenv('MEMQ_METHODS')) as $name) {
                    $this->checkMethod($class, $name);
                }
            }
        } catch (\Throwable $e) {
            $this->write($this->told($e));
            exit(1);
        }
        $this->write(['ready' => true]);
        register_shutdown_function(static function (): void {
            $error = error_get_last();
            // What ended the program, where PHP tells it elsewhere than on standard error.
            if ($error && $error['type'] & FATAL && (ini_get('error_log') || !ini_get('log_errors'))) {
                fwrite(STDERR, "{$error['message']} in {$error['file']}:{$error['line']}\n");
            }
        });
        while (($line = fgets(STDIN)) !== false) {
            $this->runJob(json_decode($line, true, 1024, JSON_BIGINT_AS_STRING | JSON_THROW_ON_ERROR), $file);
        }
    }

    private function runJob(array $job, string $file): void
    {
        ['id' => $id, 'method' => $name] = $job;
        try {
            $class = $this->findClass($job['class'] ?? '', $file);
            $this->checkMethod($class, $name);
            $this->worker = $this->worker ?? $class->newInstance();
            $result = $this->settled($this->worker->$name(...$job['args']));
        } catch (\Throwable $e) {
            // An exception of a class called Fail, or derived from one, says that another try would be in vain.
            $final = $e instanceof Refused || preg_grep('/(^|\\\\)Fail$/', [get_class($e)] + class_parents($e));
            $this->write(['id' => $id, 'final' => (bool) $final] + $this->told($e));
            return;
        }
        $text = $this->encoded($id, $result);
        $this->send("{\"id\":\"$id\",\"ok\":true" . ($text === null ? '}' : ",\"result\":$text}"));
    }

    /** What the class prints goes to standard error, from where memq-consume logs it. */
    private function catchOutput(): void
    {
        $ours = __NAMESPACE__ . '\toErrors';
        $isThere = (ob_list_handlers()[0] ?? '') === $ours;
        // What a job has left open, as far as it can be closed.
        while (ob_get_level() > ($isThere ? 1 : 0) && @ob_end_flush());
        if (!$isThere) {
            ob_start($ours, 1);
        }
    }

    private function write(array $line): void
    {
        $this->send(json_encode($line, JSON));
    }

    private function send(string $text): void
    {
        if (getmypid() !== $this->process) {
            exit; // a copy that a job has made by pcntl_fork: the job is not its own
        }
        $this->catchOutput();
        fwrite(STDOUT, "\n$text\n"); // the first newline ends what the class may have written to STDOUT itself
    }

    private function findClass(string $name, string $file): \ReflectionClass
    {
        if ($name === '') {
            throw new Refused('config.ini names no class');
        }
        if (!class_exists($name)) {
            throw new Refused("there is no class $name after loading $file");
        }
        return new \ReflectionClass($name);
    }

    private function checkMethod(\ReflectionClass $class, string $name): void
    {
        $method = $class->hasMethod($name) ? $class->getMethod($name) : null;
        if (!$method || !$method->isPublic() || $method->class !== $class->name || $name[0] === '_') {
            throw new Refused("$name is not a public method of class $class->name");
        }
    }

    /** What has come of a method: what it returned, and what is in that, is waited for where it is under way. */
    private function settled($value)
    {
        $value = $this->settledPart($value);
        return is_array($value) ? array_map([$this, 'settledPart'], $value) : $value;
    }

    private function settledPart($value)
    {
        // What runs only when somebody calls it, or goes through it.
        if ($value instanceof \Closure || $value instanceof \Generator || $value instanceof \OuterIterator
            || $value instanceof \Fiber && !$value->isTerminated()) {
            throw new Refused('the method returned an object of class ' . get_class($value)
                . ', which is yet to be run, and nobody runs it');
        }
        // Promises of Guzzle and HTTPlug, processes of Symfony; futures of Amp.
        foreach (['wait', 'await'] as $name) {
            if (is_object($value) && method_exists($value, $name) && is_callable([$value, $name])
                && (new \ReflectionMethod($value, $name))->getNumberOfRequiredParameters() === 0) {
                return $this->settledPart($value->$name());
            }
        }
        if ($value instanceof \React\Promise\PromiseInterface) {
            return $this->settledPart(\React\Async\await($value));
        }
        return $value;
    }

    /** A result as JSON; null when it cannot be written, or has too much. */
    private function encoded(string $id, $result): ?string
    {
        // The job is done: too little memory for its result is no reason to fail.
        $limit = ini_set('memory_limit', '-1');
        try {
            $text = (string) json_encode($result, JSON);
            $length = strlen($text);
            if ($length > 0 && $length <= MAX_RESULT) {
                return $text;
            }
            $why = $length > 0 ? "it has $length bytes of JSON" : json_last_error_msg();
        } catch (\Throwable $e) {
            $why = $this->textOf($e);
        } finally {
            unset($text);
            gc_mem_caches();
            @ini_set('memory_limit', $limit);
        }
        fwrite(STDERR, "the result of job $id is left out: $why\n");
        return null;
    }

    /** What an answer says of an error: what it is, where, and what caused it. */
    private function told(\Throwable $error): array
    {
        if ($error instanceof Refused) {
            return ['error' => $error->getMessage()];
        }
        $causes = [];
        for ($cause = $error->getPrevious(); $cause !== null; $cause = $cause->getPrevious()) {
            $causes[] = $cause;
        }
        if (count($causes) > MAX_CAUSES) {
            $half = MAX_CAUSES / 2;
            $causes = array_merge(array_slice($causes, 0, $half), array_slice($causes, -$half));
        }
        return $this->described($error) + ['causes' => array_map([$this, 'described'], $causes)];
    }

    private function described(\Throwable $error): array
    {
        $places = [];
        $place = ['file' => $error->getFile(), 'line' => $error->getLine()];
        // A frame says what was called, and from where.
        foreach (array_merge(array_slice($error->getTrace(), 0, MAX_FRAMES), [[]]) as $frame) {
            if (isset($place['file']) && $place['file'] !== __FILE__) {
                $name = ($frame['class'] ?? '') . ($frame['type'] ?? '') . ($frame['function'] ?? '');
                $places[] = "{$place['file']}:{$place['line']}" . ($name === '' ? '' : ":in $name");
            }
            $place = $frame;
        }
        return ['error' => $this->textOf($error), 'trace' => implode("\n", $places)];
    }

    private function textOf(\Throwable $error): string
    {
        $kind = strtok(get_class($error), "\0"); // what follows is where a class without a name was written
        $message = $error->getMessage();
        $properties = array_filter(get_object_vars($error), static function ($value): bool {
            return is_scalar($value) || is_array($value);
        });
        $properties += $error->getCode() ? ['code' => $error->getCode()] : [];
        $more = $properties ? substr(json_encode($properties, JSON | JSON_UNESCAPED_UNICODE), 0, MAX_PROPERTIES) : '';
        return rtrim("$kind: $message $more", ' :');
    }
}

(new Runner())->run($argv[1]);
