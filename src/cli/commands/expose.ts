import { type Command, InvalidArgumentError } from 'commander'
import { PortolanError } from '../../lib/index.ts'
import { type ClusterOption, rootOf, wholeNumber, withCluster } from '../options.ts'

interface ExposeFlags extends ClusterOption {
  readonly as?: string
  readonly port?: number
  readonly namespace: string
  readonly remove: boolean
  readonly output?: string
}

export function addExpose(program: Command): void {
  withCluster(program.command('expose'))
    .description('put a program of this computer behind a Service')
    .argument('[program]', 'where it listens: localhost:3000, or 3000', hostPort)
    .option('--as <service>', 'the Service that leads to it: svc/api')
    .option('--port <number>', "the Service's port (default: that of the program)", wholeNumber)
    .option('-n, --namespace <namespace>', 'where the Service is', 'default')
    .option('--remove', 'lead the Service here no more', false)
    .option('-o, --output <format>', 'json, for programs: the list of what is exposed')
    .addHelpText(
      'after',
      '\nExample:\n  portolan expose localhost:3000 --as svc/api --port 80\n  portolan expose\n  portolan expose --remove --as svc/api',
    )
    .action(async (port: number | undefined, flags: ExposeFlags) => {
      const root = await rootOf(flags)
      if (flags.as === undefined && port === undefined) return list(root, flags)
      const name = (flags.as ?? '').replace(/^(svc|services?)\//, '')
      if (name === '') throw new PortolanError('NoService', 'say which Service: portolan expose localhost:3000 --as svc/api')
      if (flags.remove) return remove(root, name, flags)
      if (port === undefined)
        throw new PortolanError('NoProgram', `say which program: portolan expose localhost:3000 --as svc/${name}`)
      await add(root, { ...flags, name, hostPort: port })
    })
}

function hostPort(text: string): number {
  const [, digits] = /^(?:(?:localhost|127\.0\.0\.1):)?(\d+)$/.exec(text) ?? []
  const port = Number(digits)
  if (port >= 1 && port <= 65_535) return port
  throw new InvalidArgumentError('a port of this computer is meant: localhost:3000')
}

async function add(root: string, options: ExposeFlags & { readonly name: string; readonly hostPort: number }): Promise<void> {
  const { expose } = await import('../../cluster/index.ts')
  const { name, namespace, hostPort: port } = options
  const service = await expose({
    root,
    namespace,
    name,
    hostPort: port,
    ...(options.port === undefined ? {} : { port: options.port }),
  })
  const { clusterIP, ports = [] } = service.spec ?? {}
  const where = `http://${name}.${namespace}:${options.port ?? ports[0]?.port}`
  process.stdout.write(`svc/${name} (${clusterIP}) leads to localhost:${port}; from a Pod: curl ${where}\n`)
}

async function remove(root: string, name: string, { namespace }: ExposeFlags): Promise<void> {
  const { hide } = await import('../../cluster/index.ts')
  if (!hide({ root, namespace, name })) throw new PortolanError('NotExposed', `svc/${name} doesn't lead to this computer`)
  process.stdout.write(`svc/${name} leads here no more\n`)
}

async function list(root: string, { output }: ExposeFlags): Promise<void> {
  const { listExposed } = await import('../../cluster/index.ts')
  const all = listExposed(root)
  if (output === 'json') {
    process.stdout.write(`${JSON.stringify(all, null, 2)}\n`)
    return
  }
  if (all.length === 0) process.stdout.write('nothing of this computer is exposed: portolan expose localhost:3000 --as svc/api\n')
  for (const { service, portName, hostPort: port } of all)
    process.stdout.write(`${service}${portName ? ` (${portName})` : ''} leads to localhost:${port}\n`)
}
