import type { Command } from 'commander'
import { untilTold, wholeNumber } from '../options.ts'

/** The processes that `up` starts inside the bubble. Nobody types these. */
export function addProcesses(program: Command): void {
  program
    .command('control-plane', { hidden: true })
    .requiredOption('--data <folder>')
    .requiredOption('--listen-fd <number>', 'an inherited socket', wholeNumber)
    .requiredOption('--host-fd <number>', "the host's network namespace, inherited too", wholeNumber)
    .action(async ({ data, listenFd, hostFd }: { data: string; listenFd: number; hostFd: number }) => {
      const { runControlPlane } = await import('../../cluster/index.ts')
      await runControlPlane({ root: data, listen: { fd: listenFd }, hostNamespace: `/proc/self/fd/${hostFd}` }, untilTold())
    })
  program
    .command('node-agent', { hidden: true })
    .requiredOption('--data <folder>')
    .requiredOption('--node-name <name>')
    .action(async ({ data, nodeName }: { data: string; nodeName: string }) => {
      const { runNodeAgent } = await import('../../cluster/index.ts')
      await runNodeAgent({ root: data, nodeName, environment: process.env }, untilTold())
    })
}
