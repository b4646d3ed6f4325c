/** How much of it is done in `npm test` and `npm run test:full`, or for the night: with TEST_AMOUNT=large. */
export function amount(usual: number, large: number): number {
  return process.env.TEST_AMOUNT === 'large' ? large : usual;
}
