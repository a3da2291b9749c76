/** Whether every node's kernel has a Service's rules, as a condition of the Service. */
export { runProgrammed } from './run.ts'
