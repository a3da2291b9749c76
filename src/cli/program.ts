import { Command } from 'commander'
import { addAffinity } from './commands/affinity.ts'
import { addComponents } from './commands/components.ts'
import { addDemo } from './commands/demo.ts'
import { addDown } from './commands/down.ts'
import { addExpose } from './commands/expose.ts'
import { addImages } from './commands/images.ts'
import { addKubectl } from './commands/kubectl.ts'
import { addLoad } from './commands/load.ts'
import { addNode } from './commands/node.ts'
import { addOutside } from './commands/outside.ts'
import { addProcesses } from './commands/processes.ts'
import { addStatus } from './commands/status.ts'
import { addUp } from './commands/up.ts'

/** Every command; nothing is loaded but their words. */
export function createProgram(): Command {
  const program = new Command('portolan')
    .description('The Kubernetes Service system, whole, on this machine.')
    .version('0.1.0')
    .enablePositionalOptions()
    .showHelpAfterError('(portolan --help shows every command)')
    .addHelpText('after', '\nA first cluster:\n  portolan up\n  kubectl get nodes\n  portolan down')

  program.commandsGroup('A cluster:')
  for (const add of [addUp, addDown, addStatus, addDemo, addNode, addOutside, addKubectl]) add(program)
  program.commandsGroup('What is in it:')
  for (const add of [addExpose, addAffinity, addLoad, addImages]) add(program)
  program.commandsGroup('Each part alone, against any Kubernetes cluster:')
  addComponents(program)
  addProcesses(program)
  return program
}
