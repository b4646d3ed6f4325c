import { agreesOnMoreSteps } from './more-steps.ts';

agreesOnMoreSteps();
