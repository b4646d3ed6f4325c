/** How much of it is done in `npm test`, or in `npm run test:full`. */
export function amount(quick: number, full: number): number {
  return process.env.TEST_AMOUNT === 'full' ? full : quick;
}
