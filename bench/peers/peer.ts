import { accessSync, constants } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';
import type { ProtocolName } from '../load/protocols.ts';

/** A server that can be put under load: how it is started and spoken to. */
export interface Peer {
  /** As the report shows it, with the options that matter. */
  readonly name: string;
  readonly protocol: ProtocolName;
  readonly command: string;
  /** Arguments for listening on 127.0.0.1:`port`, with all data in `dataDir`. */
  args(port: number, dataDir: string): string[];
}

/** Whether the command of `peer` can be run here. */
export function isInstalled(peer: Peer): boolean {
  const places = isAbsolute(peer.command) ? [''] : (process.env.PATH ?? '').split(delimiter);
  return places.some((place) => {
    try {
      accessSync(join(place, peer.command), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
