import type { Logger } from '../../shared/logger.ts';

/** The log has no more than one line in this time, milliseconds: whoever guesses must not fill a disk. */
const PAUSE_MS = 1000;

/** Tells the log of logins that were refused, where they came from and how many were not told. */
export class RefusedLogins {
  readonly #logger: Logger;
  #toldAt = Number.NEGATIVE_INFINITY;
  #untold = 0;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** `remote`: an address and a port, of HTTP an address alone, or `unix`. Nothing of the login itself is told: a password may stand in for a name. */
  add(remote: string, protocol: 'text' | 'binary' | 'http'): void {
    const now = performance.now();
    if (now - this.#toldAt < PAUSE_MS) {
      this.#untold++;
      return;
    }
    const [, address = remote, port] = (protocol !== 'http' && /^(.*):(\d+)$/.exec(remote)) || [];
    const more = this.#untold > 0 ? { untold: this.#untold } : {};
    this.#logger.warn(
      { address, ...(port && { port: Number(port) }), protocol, ...more },
      'a login was refused',
    );
    this.#toldAt = now;
    this.#untold = 0;
  }
}
