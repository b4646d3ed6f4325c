export { EX_IOERR, EX_SOFTWARE, EX_USAGE } from '../../shared/exit-status.ts';
