# Runs the jobs of memq-consume with a class as it is (Ruby 2.6 or later):  command = ruby runner.rb worker.rb
# A job is one line of JSON on standard input; its answer is one on standard output. docs/other-languages.md of memq
# says what they look like.
require 'json'

module MemqRunner
  # Bytes of JSON. Of a longer result, which memq does not keep, only that the job is done is told.
  MAX_RESULT = 65_536
  MAX_PROPERTIES = 500
  MAX_FRAMES = 50
  MAX_CAUSES = 20

  # No other time will change it, and the text says all.
  class Refused < StandardError; end

  # Runs only when somebody calls it, or goes through it.
  LAZY = [Enumerator, Fiber, Proc, Method, UnboundMethod].freeze

  PROCESS = Process.pid

  # What the class and the programs that it starts print goes to standard error, from where memq-consume logs it.
  # What they read is empty: the jobs are ours.
  JOBS = $stdin.dup
  ANSWERS = $stdout.dup
  $stdin.reopen(File::NULL)
  $stdout.reopen($stderr)
  ANSWERS.sync = $stdout.sync = true

  module_function

  def write(line)
    send_text(JSON.generate(line))
  end

  def send_text(text)
    exit!(0) if Process.pid != PROCESS # a copy that a job has made by fork: the job is not its own
    ANSWERS.write("#{text}\n")
  end

  def find_class(name)
    raise Refused, 'config.ini names no class' if name.to_s.empty?

    found = Object.const_get(name)
    raise Refused, "#{name} is not a class" unless found.is_a?(Class)

    found
  rescue NameError
    raise Refused, "there is no class #{name} in #{ARGV[0]}"
  end

  def check_method(type, name)
    return if type.public_instance_methods(false).include?(name.to_sym)

    raise Refused, "#{name} is not a public method of class #{type}"
  end

  # Loads the file, and sees that there is all that config.ini names.
  def load_worker
    require File.expand_path(ARGV.fetch(0))
    return unless ENV.key?('MEMQ_METHODS')

    type = find_class(ENV['MEMQ_CLASS'])
    ENV['MEMQ_METHODS'].split.each { |name| check_method(type, name) }
  end

  # What has come of a method: what it returned, and what is in that, is waited for where it is under way.
  def settled(value)
    value = settled_part(value)
    case value
    when Array then value.map { |part| settled_part(part) }
    when Hash then value.transform_values { |part| settled_part(part) }
    else value
    end
  end

  def settled_part(value)
    if LAZY.any? { |type| type === value }
      kind = value.class
      raise Refused, "the method returned an object of class #{kind}, which is yet to be run, and nobody runs it"
    end
    return value unless Object === value
    return settled_part(value.value) if value.is_a?(Thread)
    return settled_part(value.respond_to?(:value) ? value.value : value.take) if defined?(Ractor) && value.is_a?(Ractor)

    # Concurrent::Future, Concurrent::Promises and the like; then Async::Task and the like.
    value.execute if value.respond_to?(:unscheduled?) && value.unscheduled?
    return settled_part(value.value!) if value.respond_to?(:value!)
    return settled_part(value.wait) if value.respond_to?(:wait) && value.method(:wait).arity.between?(-1, 0)

    value
  end

  def done(id, value)
    begin
      text = encoded(value)
      left_out = "it has #{text.bytesize} bytes of JSON" if text.bytesize > MAX_RESULT
    rescue StandardError, SystemStackError, NoMemoryError => e
      left_out = "it cannot be written: #{text_of(e)}"
    end
    return send_text(%({"id":#{JSON.generate(id)},"ok":true,"result":#{text}})) unless left_out

    begin
      STDERR.puts("the result of job #{id} is left out: #{left_out}")
    rescue IOError
      nil # the class has closed it
    end
    write({ id: id, ok: true })
  end

  # A result as JSON, or what `inspect` shows of what JSON does not have.
  def encoded(value)
    JSON.generate(value, max_nesting: 1024)
  rescue StandardError, SystemStackError
    JSON.generate(utf8(value.inspect))
  end

  # What an answer says of an error: what it is, where, and what caused it.
  def told(error)
    return { error: error.message } if error.is_a?(Refused)

    described(error).merge(causes: causes_of(error).map { |cause| described(cause) })
  rescue Exception # rubocop:disable Lint/RescueException -- a class can make its errors as it likes
    { error: text_of(error) }
  end

  def described(error)
    places = (error.backtrace || []).map { |place| utf8(place) }
    places.reject! { |place| place.start_with?(__FILE__, '<internal:') }
    places.unshift(utf8(error.message)[/\A.+:\d+(?=: )/]) if error.is_a?(SyntaxError)
    { error: text_of(error), trace: places.compact.first(MAX_FRAMES).join("\n") }
  end

  def text_of(error)
    kind = utf8(error.class.to_s)
    data = [String, Symbol, Numeric, true, false, Array, Hash]
    properties = error.instance_variables.map { |name| [name.to_s.delete('@'), error.instance_variable_get(name)] }
    properties = properties.select { |_, part| data.any? { |type| type === part } }.to_h
    more = properties.empty? ? '' : encoded(properties)[0, MAX_PROPERTIES]
    "#{kind}: #{utf8(error.message)} #{more}".sub(/[ :]+\z/, '')
  rescue Exception => e # rubocop:disable Lint/RescueException
    "#{kind}, which cannot be shown: #{e.class}"
  end

  # What led to an error, down to the root.
  def causes_of(error)
    chain = [error]
    chain << chain.last.cause while chain.last.cause && chain.none? { |each| each.equal?(chain.last.cause) }
    chain.drop(1).first(MAX_CAUSES / 2) + chain.drop(1 + MAX_CAUSES / 2).last(MAX_CAUSES / 2)
  end

  # A text of any encoding.
  def utf8(text)
    text = text.to_s
    text = text.dup.force_encoding(Encoding::UTF_8) if text.encoding == Encoding::BINARY
    text.encode(Encoding::UTF_8, invalid: :replace, undef: :replace).scrub
  end

  # An error of a class called Fail, or derived from one, says that another try would be in vain.
  def final?(error)
    error.is_a?(Refused) || error.class.ancestors.any? { |type| type.to_s.split('::').last == 'Fail' }
  end

  def run
    write({ ready: false })
    begin
      load_worker
    rescue StandardError, ScriptError, SystemStackError => e
      write(told(e))
      exit(1)
    end
    write({ ready: true })
    worker = nil
    while (line = JOBS.gets)
      job = JSON.parse(line, max_nesting: 1024)
      id, name = job.values_at('id', 'method')
      begin
        type = find_class(job['class'])
        check_method(type, name)
        worker ||= type.new
        done(id, settled(worker.public_send(name, *job['args'])))
      rescue SystemExit, SignalException
        raise
      rescue Exception => e # rubocop:disable Lint/RescueException -- whatever was raised, the job has failed
        write({ id: id, final: final?(e) }.merge(told(e)))
      end
    end
  end
end

MemqRunner.run
