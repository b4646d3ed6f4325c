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

  private

  def secret; end
end
