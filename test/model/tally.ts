/** How much there was to see in some runs, in all engines and followers of these. */
export class Tally {
  /** Segments freed, and bytes moved for that. */
  freed = 0;
  moved = 0;
  /** Queues that were dropped since nobody used them. */
  idle = 0;
  /** How often shadows were compared, began with the oldest event that there was then, and served on. */
  compared = 0;
  joined = 0;
  tookOver = 0;
}
