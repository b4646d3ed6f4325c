import { answerEach } from '../answer.ts';
import { generateLoad } from './generator.ts';

// A process of its own, so that the generator shares its thread with nothing: it answers each LoadSpec with a
// LoadResult.
answerEach(generateLoad);
