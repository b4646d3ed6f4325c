<?php
class Fail extends Exception {}
class NoSuchUser extends Fail {}
class LoginFail extends Exception {}

class RefusedException extends RuntimeException
{
    public $host = 'db1';
}

/** As Guzzle's. */
class Promise
{
    public function then() {}
    public function wait() { return 'kept'; }
}

class Base
{
    public function inherited() {}
}

/** What no worker should do, and what its runner has to bear. */
class Worker extends Base
{
    public function __construct() {}
    private function secret() {}
    public function same($value) { return $value; }
    public function next($number) { return is_int($number) ? $number + 1 : "$number, as text"; }
    public function prints()
    {
        echo 'echoed ';
        print "printed\n";
        system('echo from a program');
        fwrite(STDOUT, 'written');
    }
    public function whispers() { fwrite(STDERR, 'quiet words'); }
    public function exits() { exit(3); }
    public function dies() { die('last words'); }
    public function loops() { while (true); }
    public function crashes() { posix_kill(posix_getpid(), SIGSEGV); }
    public function forks()
    {
        if (pcntl_fork() === 0) return 'the copy';
        pcntl_wait($status);
        return 'the first';
    }
    public function fails() { throw new Exception('boom'); }
    public function breaks() { return undefined_function(); }
    public function beyond() { throw new Error('beyond'); }
    public function chain()
    {
        try {
            try {
                throw new RefusedException('refused', 61);
            } catch (Exception $e) {
                throw new LogicException(str_repeat('long ', 5000), 0, $e);
            }
        } catch (Exception $e) {
            throw new RuntimeException('not saved', 0, $e);
        }
    }
    public function binary() { throw new Exception("caf\xe9"); }
    public function login() { throw new LoginFail('try again'); }
    public function hopeless() { throw new NoSuchUser('gone'); }
    public function odd() { return [NAN, "\xff"]; }
    public function large() { return str_repeat('x', 3 << 20); }
    public function later() { yield 1; }
    public function nested() { return ['mail' => $this->later()]; }
    public function closure() { return function () {}; }
    public function promise() { return new Promise; }
    public function several() { return ['a' => new Promise, 'b' => 1]; }
    public function cleans()
    {
        while (ob_get_level()) ob_end_clean();
        echo "after cleaning\n";
        ob_start();
        echo "left open\n";
    }
    public function exhausts()
    {
        ini_set('memory_limit', '24M');
        return str_repeat("\1", 12 << 20); // six times as long in JSON
    }
    public function unwritable()
    {
        return new class implements JsonSerializable {
            public function jsonSerialize(): int { throw new Exception('no data'); }
        };
    }
}
