import type { Command } from 'commander'
import { join } from 'node:path'
import { styleText } from 'node:util'
import { type ClusterOption, rootOf, withCluster } from '../options.ts'
import { createProgress } from '../progress.ts'
import { startCluster } from './up.ts'

const EXAMPLE = join(import.meta.dirname, '../../../examples/kubia')
const REQUESTS = 30

/** What `npm start` does: a cluster, a Service over three Pods, and the answers that come back through it. */
export function addDemo(program: Command): void {
  withCluster(program.command('demo'))
    .description('start a cluster with a first Service and show that it answers')
    .addHelpText('after', '\nExample:\n  portolan demo')
    .action(async (flags: ClusterOption) => {
      const { status } = await import('../../cluster/index.ts')
      const root = await rootOf(flags)
      if (status(root).pid === undefined) await startCluster(flags)
      const kubectl = await kubectlFor(root)
      const progress = createProgress()
      progress.step('examples/kubia: a Service over three Pods')
      await kubectl(['apply', '-f', EXAMPLE], 'quiet')
      await kubectl(['wait', '--for=condition=Ready', 'pod', '-l', 'app=kubia', '--timeout=60s'], 'quiet')
      progress.done('examples/kubia is applied and its Pods are ready')

      await show(kubectl, ['get', 'svc,endpointslices,pods', '-o', 'wide'])
      await showSpread(kubectl)
      await showNodePort(root, flags)
      sayHowToGoOn(flags)
    })
}

type Kubectl = (args: readonly string[], mode: 'show' | 'quiet') => Promise<string>

async function kubectlFor(root: string): Promise<Kubectl> {
  const { captureKubectl } = await import('../../cluster/index.ts')
  return async (args, mode) => {
    const output = await captureKubectl({ root, args, environment: process.env })
    if (mode === 'show') process.stdout.write(output)
    return output
  }
}

const heading = (command: string): void => void process.stdout.write(`\n${styleText('bold', `$ ${command}`)}\n`)

async function show(kubectl: Kubectl, args: readonly string[]): Promise<void> {
  heading(`kubectl ${args.join(' ')}`)
  await kubectl(args, 'show')
}

/** Asks the cluster IP from inside a Pod, as the learner's first `kubectl exec` does, and counts who answered. */
async function showSpread(kubectl: Kubectl): Promise<void> {
  const [pod, ip] = await Promise.all([
    kubectl(['get', 'pods', '-l', 'app=kubia', '-o', 'jsonpath={.items[0].metadata.name}'], 'quiet'),
    kubectl(['get', 'svc', 'kubia', '-o', 'jsonpath={.spec.clusterIP}'], 'quiet'),
  ])
  heading(`kubectl exec ${pod} -- curl -s http://${ip}     # ${REQUESTS} times`)
  const loop = `i=0; while [ $i -lt ${REQUESTS} ]; do curl -s http://${ip}; i=$((i+1)); done`
  printCounts(await kubectl(['exec', pod, '--', 'sh', '-c', loop], 'quiet'))
}

async function showNodePort(root: string, flags: ClusterOption): Promise<void> {
  const { captureOutside, status } = await import('../../cluster/index.ts')
  const { spec } = status(root)
  for (const { ip } of spec?.nodes ?? []) {
    const url = `http://${ip}:30123`
    heading(`portolan outside exec${flags.name === 'default' ? '' : ` --name ${flags.name}`} -- curl -s ${url}     # 10 times`)
    const loop = `i=0; while [ $i -lt 10 ]; do curl -s ${url}; i=$((i+1)); done`
    printCounts(await captureOutside({ root, command: ['sh', '-c', loop], environment: process.env }))
  }
}

function printCounts(output: string): void {
  const counts = new Map<string, number>()
  for (const line of output.trim().split('\n')) counts.set(line, (counts.get(line) ?? 0) + 1)
  for (const [line, times] of [...counts].sort(([a], [b]) => (a < b ? -1 : 1)))
    process.stdout.write(`${line}  ${styleText('cyan', '▪'.repeat(times))} ${times}\n`)
}

function sayHowToGoOn({ name }: ClusterOption): void {
  const which = name === 'default' ? '' : ` --name ${name}`
  const lines = [
    ['kubectl get pods -o wide', 'the context is set; without a kubectl: bin/portolan kubectl get pods'],
    ['kubectl scale rs kubia --replicas=5', 'more Pods, the same address'],
    ['kubectl delete pod -l app=kubia', 'new Pods, the same address'],
    ['curl http://localhost:30123', 'the same Service from this computer'],
    [`bin/portolan node stop node2${which}`, 'a machine loses its power; start brings it back'],
    [`bin/portolan down${which}`, 'stop; what was created is there again after bin/portolan up'],
  ]
  process.stdout.write(
    `\nGo on:\n${lines.map(([command = '', why]) => `  ${command.padEnd(38)} ${styleText('dim', `# ${why}`)}\n`).join('')}`,
  )
}
