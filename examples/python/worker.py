class Fail(Exception):
    """No other time will change that this job cannot be done."""


class Worker:
    """A class as a site has it: it knows nothing of queues."""

    def save_to_local(self, msg='default data'):
        with open('worker.log', 'a', encoding='utf-8') as file:
            file.write(f'{msg}\n')

    def send_mail(self, mail):
        """Takes {'to': ..., 'subject': ...}, and returns how many bytes there are to send."""
        if '@' not in mail['to']:
            raise Fail(f"{mail['to']} is no address")
        print('sending to', mail['to'])
        return len(mail['subject'].encode())

    def not_listed(self):
        self.save_to_local('nobody can call this from a job, since config.ini does not list it')
