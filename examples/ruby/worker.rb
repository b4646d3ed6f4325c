# No other time will change that this job cannot be done.
class Fail < StandardError; end

# A class as a site has it: it knows nothing of queues.
class Worker
  def save_to_local(msg = 'default data')
    File.write('worker.log', "#{msg}\n", mode: 'a')
  end

  # Takes { 'to' => ..., 'subject' => ... }, and returns how many bytes there are to send.
  def send_mail(mail)
    raise Fail, "#{mail['to']} is no address" unless mail['to'].include?('@')

    puts "sending to #{mail['to']}"
    mail['subject'].bytesize
  end

  def not_listed
    save_to_local('nobody can call this from a job, since config.ini does not list it')
  end
end
