/** What the whole server has done since it started or since `stats reset`. */
export class ServerStats {
  readonly startedAt = Date.now();
  connections = 0;
  totalConnections = 0;
  rejectedConnections = 0;
  getCommands = 0;
  setCommands = 0;
  getHits = 0;
  getMisses = 0;

  reset(): void {
    this.totalConnections = this.rejectedConnections = 0;
    this.getCommands = this.setCommands = this.getHits = this.getMisses = 0;
  }
}
