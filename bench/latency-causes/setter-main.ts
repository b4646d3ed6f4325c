import { answerEach } from '../answer.ts';
import { setEach } from './setter.ts';

// A process of its own, so that its pauses are not the server's: it answers each SetterSpec with TimedSets.
answerEach(setEach);
