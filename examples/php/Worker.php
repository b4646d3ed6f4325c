<?php
/** No other time will change that this job cannot be done. */
class Fail extends RuntimeException
{
}

/** A class as a site has it: it knows nothing of queues. */
class Worker
{
    public function saveToLocal($msg = 'default data')
    {
        file_put_contents('worker.log', "$msg\n", FILE_APPEND | LOCK_EX);
    }

    /** Takes array('to' => ..., 'subject' => ...), and returns how many bytes there are to send. */
    public function sendMail(array $mail)
    {
        if (!filter_var($mail['to'], FILTER_VALIDATE_EMAIL)) {
            throw new Fail("{$mail['to']} is no address");
        }
        echo "sending to {$mail['to']}\n";
        return strlen($mail['subject']);
    }

    public function notListed()
    {
        $this->saveToLocal('nobody can call this from a job, since config.ini does not list it');
    }
}
