/** Set for a process that the supervisor starts, which takes it away before anything else reads its environment. */
export const WORKER_VARIABLE = 'PRISM_WORKER_PROCESS';
