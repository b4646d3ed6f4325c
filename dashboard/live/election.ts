/** Which of the visible tabs leads. Each tab has its own, and hears of the others what they say. */
export interface Election {
  readonly isLeader: boolean;
  /** The tab can be seen: it may lead from now on. */
  join(): void;
  /** It does not lead any more, and does not want to. */
  leave(): void;
  /** Another tab has said that it is there. */
  hear(tab: string, isLeader: boolean): void;
  /** Another tab has said that it goes. */
  hearGone(tab: string): void;
}
