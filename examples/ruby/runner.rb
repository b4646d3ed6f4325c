# Runs the jobs of memq-consume with a class as it is:  command = ruby runner.rb worker.rb
# A job is one line of JSON on standard input; its answer is one on standard output.
require 'json'

# What the class and the programs that it starts print goes to standard error, from where memq-consume logs it.
answers = $stdout.dup
$stdout.reopen($stderr)
answers.sync = $stdout.sync = true

write = lambda do |line|
  text = JSON.generate(line)
rescue StandardError # a result that JSON cannot carry
  text = JSON.generate(line.merge(result: line[:result].inspect.scrub))
ensure
  answers.puts(text)
end

require File.expand_path(ARGV.fetch(0))
write.call({ ready: true })
worker = nil
while (text = $stdin.gets)
  job = JSON.parse(text, max_nesting: 1024)
  id, name = job.values_at('id', 'method')
  begin
    type = Object.const_get(job['class'])
    unless type.public_instance_methods(false).include?(name.to_sym)
      write.call({ id: id, error: "#{name} is not a public method of class #{type}", final: true })
      next
    end
    worker ||= type.new
    write.call({ id: id, ok: true, result: worker.public_send(name, *job['args']) })
  rescue StandardError, ScriptError => e
    # An exception of a class called Fail says that another try would be in vain.
    error = "#{e.class}: #{e.message}".scrub
    write.call({ id: id, error: error, trace: e.backtrace&.join("\n"), final: e.class.name.end_with?('Fail') })
  end
end
