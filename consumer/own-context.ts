import { AsyncLocalStorage, AsyncResource } from 'node:async_hooks';

/** The asynchronous context of the process's start, in which no code of a class has been yet. */
const atStart = AsyncLocalStorage.snapshot();

/**
 * What a call is made in, `runInAsyncScope`, so that what its code keeps in an AsyncLocalStorage, also by `enterWith`, is
 * seen by all that it starts, and by no other call.
 */
export function ownContext(): AsyncResource {
  return atStart(createContext);
}

function createContext(): AsyncResource {
  return new AsyncResource('memq.job');
}
