import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type ClusterAccess, readKubeconfig, printKubeconfig, withContext } from '../../client/index.ts'
import { openSocket, run, startBubble } from '../../kernel/index.ts'
import { PortolanError } from '../../lib/index.ts'
import {
  type ClusterFolder,
  folderAt,
  readRunning,
  readSpec,
  startTimeOf,
  writeRunning,
  writeSecret,
  writeSpec,
} from '../files/folder.ts'
import { cgroupFolder, cgroupFolders, sweepCgroups } from '../bubble/cgroups.ts'
import { collectImages } from '../files/images.ts'
import { checkPool } from '../../loadbalancer/index.ts'
import { functionsScript, initScript, servicesOf } from '../bubble/init.ts'
import { down } from './down.ts'
import { forgetNodes } from './nodes.ts'
import { chooseFamily } from './family.ts'
import { makePki } from '../files/pki.ts'
import { type Reach, reachCluster } from '../bubble/reach.ts'
import { hasWayOut, missingParts } from '../bubble/requirements.ts'
import { checkRanges, checkUnchanged, type IPFamily, newPlan, type WantedRanges } from '../addresses.ts'
import { checkName, type ClusterSpec, contextName, withNodes } from '../spec.ts'
import { whenReady } from './ready.ts'

export interface UpOptions {
  readonly name: string
  readonly nodes?: number
  /** Ranges of addresses for a new cluster; one that is there keeps its own. */
  readonly ranges?: WantedRanges
  /** Which addresses a new cluster has; one that is there keeps its own. */
  readonly ipFamily?: IPFamily
  /** Where load balancers get their addresses from now on: parts of the nodes' network that nobody else uses. */
  readonly loadBalancerPool?: readonly string[]
  /** Whether the host gets a wire and routes to the cluster, where its own routes leave room; true when left out. */
  readonly reach?: boolean
  /** Whether nodes and Pods are kept from what this computer reaches; false when left out. */
  readonly offline?: boolean
  /** When nodes have too little left, from now on; as the kubelet's flag has it, and empty for never. */
  readonly evictionHard?: string
  /** Where the cluster's data is kept; what an earlier `up` made there comes up again. */
  readonly root: string
  /** The kubeconfig file that gets a context. */
  readonly kubeconfig: string
  /** How this program is started: its interpreter and its script. */
  readonly program: readonly string[]
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Told what is being done, for people who wait. */
  readonly progress: (step: string) => void
}

export interface Up {
  readonly spec: ClusterSpec
  readonly context: string
  readonly access: ClusterAccess
  readonly pid: number
  readonly reach: Reach
  /** Why the addresses of a new cluster aren't the usual ones; undefined when they are. */
  readonly instead: string | undefined
}

/** What `--nodes` is when neither the command nor an earlier life of the cluster says. */
const DEFAULT_NODES = 2

/** How long a cluster may take to answer before that counts as failed; milliseconds. */
const PATIENCE = 60_000

/**
 * Starts a cluster and resolves when it answers: the API is ready and so is every node. Throws AlreadyRunning,
 * MissingParts (with what to install), BadThreshold, or NotReady with where to look.
 */
export async function up(options: UpOptions): Promise<Up> {
  const folder = folderAt(options.root)
  const running = readRunning(folder)
  if (running)
    throw new PortolanError(
      'AlreadyRunning',
      `cluster "${options.name}" is already running; use it with kubectl --context ${contextName(options.name)}, or stop it with portolan down`,
    )
  const missing = missingParts(options.environment)
  if (missing) throw new PortolanError('MissingParts', missing)
  // Loaded only for who wants something of it.
  if (options.evictionHard !== undefined) (await import('../../kubelet/index.ts')).parseThresholds(options.evictionHard)

  const socket = await openSocket('127.0.0.1', await portFor(folder))
  try {
    const known = readSpec(folder)
    const { family, instead } = await chooseFamily(options.ipFamily, known)
    const spec = specOf(options, { known, family, port: (socket.address() as { port: number }).port })
    makeFolder(folder)
    await collectImages(folder.root)
    writeSpec(folder, spec)
    options.progress('certificates')
    const access = await makePki(folder, spec, Date.now())
    writeFileSync(folder.functions, functionsScript(spec, folder.logs), { mode: 0o600 })
    await run('sh', ['-c', sweepCgroups(cgroupFolders(folder.root))])
    const cgroups = cgroupFolder(folder.root, Date.now())
    const services = servicesOf(spec, options.program, folder.root)
    writeFileSync(folder.init, initScript(spec, services, { functions: folder.functions, cgroups }), { mode: 0o700 })
    options.progress(`${spec.nodes.length} node${spec.nodes.length === 1 ? '' : 's'}, API server, controllers, DNS`)
    const pid = await startBubble({
      initFile: folder.init,
      logFile: join(folder.logs, 'init.log'),
      socket,
      afterwards: sweepCgroups(cgroups),
      environment: options.environment,
    })
    socket.close() // here: who connects from now on is answered inside
    writeRunning(folder, { pid, startTime: startTimeOf(pid) ?? '', kubeconfig: options.kubeconfig })
    await answered({ folder, spec, access, pid })
    const gone = (known?.nodes ?? []).filter(({ name }) => !spec.nodes.some((node) => node.name === name))
    if (gone.length > 0)
      await forgetNodes(
        folder.root,
        gone.map(({ name }) => name),
      )
    const reach = options.reach === false ? { reason: 'not wanted' } : await reachCluster(spec, pid)
    writeContext(options.kubeconfig, spec.name, access)
    return { spec, context: contextName(spec.name), access, pid, reach, instead }
  } finally {
    socket.close()
  }
}

/** A cluster that doesn't come up is taken down again: what is left are its logs. */
async function answered({
  folder,
  spec,
  access,
  pid,
}: {
  folder: ClusterFolder
  spec: ClusterSpec
  access: ClusterAccess
  pid: number
}): Promise<void> {
  const alive = (): boolean => startTimeOf(pid) !== undefined
  const ready = { access, nodes: spec.nodes.length, since: Date.now(), alive, logs: folder.logs }
  try {
    await whenReady(ready, AbortSignal.timeout(PATIENCE))
  } catch (error) {
    await down(folder.root)
    throw error
  }
}

/** The port of the last time if it is free, or any. */
async function portFor(folder: ClusterFolder): Promise<number> {
  const known = readSpec(folder)?.port
  if (known === undefined) return 0
  const probe = await openSocket('127.0.0.1', known).catch(() => undefined)
  probe?.close()
  return probe ? known : 0
}

function specOf(
  { name, nodes, ranges = {}, ipFamily, loadBalancerPool, offline, evictionHard, environment }: UpOptions,
  { known, family, port }: { readonly known: ClusterSpec | undefined; readonly family: IPFamily; readonly port: number },
): ClusterSpec {
  const spec = {
    nodes: [],
    ...(known ?? newPlan(ranges, family)),
    name: checkName(name),
    port,
    ...(loadBalancerPool ? { loadBalancerPool: checkPool(loadBalancerPool) } : {}),
    wayOut: !offline && hasWayOut(environment),
    ...(evictionHard === undefined ? {} : { evictionHard }),
  }
  checkRanges(spec)
  checkUnchanged(spec, ranges, ipFamily)
  return withNodes(spec, nodes ?? (spec.nodes.length || DEFAULT_NODES))
}

function makeFolder(folder: ClusterFolder): void {
  for (const directory of [folder.root, folder.pki, folder.logs, folder.kubeconfigs]) {
    if (!existsSync(directory)) mkdirSync(directory, { recursive: true })
    chmodSync(directory, 0o700)
  }
}

function writeContext(file: string, name: string, access: ClusterAccess): void {
  writeSecret(file, printKubeconfig(withContext(readKubeconfig(file), contextName(name), access)))
}
