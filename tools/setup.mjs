/**
 * Makes a clone ready: npm packages (the Node.js release that Portolan runs on is one of them), the system's packages that a
 * cluster needs, and kubectl. Says what it does and does only what is missing. Runs on any Node.js from 20 on, with nothing
 * installed, so it depends on nothing. With `--tests`, what the tests need is made ready, too.
 */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { accessSync, constants, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const stamp = join(root, 'node_modules/.cache/portolan/installed')

/** What a cluster, its example and its tests run, and the Debian package of each. */
const PROGRAMS = {
  crun: 'crun',
  nft: 'nftables',
  ip: 'iproute2',
  conntrack: 'conntrack',
  curl: 'curl',
  unshare: 'util-linux',
  script: 'bsdutils',
  mount: 'mount',
  slirp4netns: 'slirp4netns',
}
/** What the tests ask as well: resolvers of other makes. */
const TEST_PROGRAMS = { dig: 'bind9-dnsutils', busybox: 'busybox' }
/** Packages of which the tests take this file without installing them: as installed they would start a service on this machine. */
const UNPACKED = {
  'docker-registry': 'usr/bin/docker-registry',
  nginx: 'usr/sbin/nginx',
  'nginx-common': 'usr/share/nginx/html/index.html',
}
/** Files without which a program works but speaks in numbers: nft says 6 for tcp. */
const FILES = { '/etc/protocols': 'netbase' }
const LIBRARIES = { 'libatomic.so.1': 'libatomic1', 'libnftables.so.1': 'libnftables1' }

const say = (text) => process.stderr.write(`… ${text}\n`)
const fail = (text) => {
  process.stderr.write(`portolan: ${text}\n`)
  process.exit(1)
}

function run(command, args, { env = {}, quiet = true } = {}) {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd: root,
    env: { ...process.env, ...env },
    encoding: 'utf8',
    stdio: quiet ? 'pipe' : 'inherit',
  })
  if (error || status !== 0)
    fail(
      `${command} ${args.join(' ')} failed: ${error?.message ?? `${stdout}${stderr}`.trim().split('\n').slice(-12).join('\n')}`,
    )
}

const onPath = (program) =>
  [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/sbin'].some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK)
      return true
    } catch {
      return false
    }
  })

const hasLibrary = (name) =>
  [
    '/lib',
    '/usr/lib',
    '/lib/x86_64-linux-gnu',
    '/usr/lib/x86_64-linux-gnu',
    '/lib/aarch64-linux-gnu',
    '/usr/lib/aarch64-linux-gnu',
    '/usr/lib64',
  ].some((folder) => existsSync(join(folder, name)))

function systemPackages() {
  const missing = [
    ...Object.entries({ ...PROGRAMS, ...(process.argv.includes('--tests') ? TEST_PROGRAMS : {}) }).filter(
      ([program]) => !onPath(program),
    ),
    ...Object.entries(LIBRARIES).filter(([library]) => !hasLibrary(library)),
    ...Object.entries(FILES).filter(([file]) => !existsSync(file)),
  ].map(([, name]) => name)
  if (missing.length === 0) return
  const names = [...new Set(missing)].sort()
  const command = `apt-get install -y --no-install-recommends ${names.join(' ')}`
  if (!onPath('apt-get')) fail(`these are missing: ${names.join(', ')} (their names in Debian); install them and run this again`)
  if (process.getuid() !== 0) fail(`these are missing: ${names.join(', ')}; install them with\n  sudo ${command}`)
  say(`installing ${names.join(', ')} with apt-get`)
  run('apt-get', ['update', '-qq'])
  run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...names], { env: { DEBIAN_FRONTEND: 'noninteractive' } })
}

/** Into a folder of the clone, where the tests look for what lies there then. */
function unpackedPackages() {
  const folder = join(root, 'node_modules/.cache/portolan/debian')
  const missing = Object.keys(UNPACKED).filter((name) => !existsSync(join(folder, UNPACKED[name])))
  if (missing.length === 0 || !onPath('apt-get')) return
  say(`unpacking ${missing.join(', ')}`)
  mkdirSync(folder, { recursive: true })
  run('sh', [
    '-c',
    'cd "$0" && apt-get download -qq "$@" && for file in *.deb; do dpkg-deb -x "$file" . && rm "$file"; done',
    folder,
    ...missing,
  ])
}

function npmPackages() {
  const wanted = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return
  say('installing npm packages (npm ci)')
  run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'])
  say('unpacking kubectl')
  run(join(root, 'bin/node26'), ['tools/kubectl.ts', '1.31', '1.36'])
  mkdirSync(dirname(stamp), { recursive: true })
  writeFileSync(stamp, wanted)
}

if (process.platform !== 'linux')
  fail('Portolan needs Linux: its nodes are namespaces and its Services are nftables of the kernel')
systemPackages()
npmPackages()
if (process.argv.includes('--tests')) unpackedPackages()
