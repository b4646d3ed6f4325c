class Fail < StandardError; end
class NoSuchUser < Fail; end
class LoginFail < StandardError; end

class Refused < StandardError
  def initialize(text)
    super
    @host = 'db1'
    @code = 61
    @socket = Object.new
  end
end

class Unspeakable < StandardError
  def message
    raise 'no words'
  end
end

# As Concurrent::Promise, which nobody has scheduled.
class Promise
  def unscheduled?
    !@scheduled
  end

  def execute
    @scheduled = true
  end

  def value!
    'kept' if @scheduled
  end
end

class Base
  def inherited; end
end

# What no worker should do, and what its runner has to bear.
class Worker < Base
  def initialize; end

  def same(value)
    value
  end

  def next(number)
    number + 1
  end

  def prints
    puts 'printed'
    system('echo from a program')
    STDOUT.write("written\n")
  end

  def whispers
    STDERR.write('quiet words')
  end

  def dies
    puts 'last words'
    exit!(3)
  end

  def forks
    return 'the copy' unless (copy = fork)

    Process.wait(copy)
    'the first'
  end

  def exits
    exit(3)
  end

  def loops
    loop {}
  end

  def crashes
    Process.kill('KILL', Process.pid)
    sleep
  end

  def fails
    raise 'boom'
  end

  def breaks
    undefined_function
  end

  def odd
    [Float::NAN, "\xff"]
  end

  def beyond
    raise Exception, 'beyond'
  end

  def thrown
    throw :nobody
  end

  def chain
    raise Refused, 'refused'
  rescue StandardError
    begin
      raise IndexError, 'long ' * 5000
    rescue StandardError
      raise 'not saved'
    end
  end

  def binary
    raise "caf\xe9".b
  end

  def utf16
    raise "caf\u00e9".encode('UTF-16LE')
  end

  def unspeakable
    raise Unspeakable
  end

  def nameless
    raise Class.new(StandardError), 'nameless'
  end

  def login
    raise LoginFail, 'try again'
  end

  def hopeless
    raise NoSuchUser, 'gone'
  end

  def large
    'x' * (3 << 20)
  end

  def endless
    value = []
    value << value
  end

  def later
    [1].each
  end

  def lazy
    [1].lazy.map { |value| value }
  end

  def fiber
    Fiber.new { 1 }
  end

  def closure
    -> { 1 }
  end

  def nested
    [later]
  end

  def promise
    Promise.new
  end

  def several
    { 'a' => promise, 'b' => 1 }
  end

  def thread
    Thread.new { 'kept' }
  end

  def broken_thread
    Thread.new do
      Thread.current.report_on_exception = false
      raise 'boom'
    end
  end

  def reads
    STDIN.read
  end

  private

  def secret; end
end
