<?php
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
    public function exits() { exit(3); }
    public function loops() { while (true); }
    public function crashes() { posix_kill(posix_getpid(), SIGSEGV); }
    public function fails() { throw new Exception('boom'); }
    public function breaks() { return undefined_function(); }
    public function odd() { return [NAN, "\xff"]; }
}
