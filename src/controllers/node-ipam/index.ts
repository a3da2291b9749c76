/** Pod address ranges for nodes. */
export { runNodeIpam } from './run.ts'
