// Sabaki's GTP controller (https://www.npmjs.com/package/@sabaki/gtp) lets an engine play a game against itself.
//     node controller.js PROGRAM ARGUMENT...
// Prints one JSON object: what the engine is, the moves it made, what it refused and the score.
const {Controller} = require('@sabaki/gtp')

async function main() {
  const [path, ...args] = process.argv.slice(2)
  const controller = new Controller(path, args)
  const ask = async (name, ...args) => {
    const {error, content} = await controller.sendCommand({name, args})
    return {error, content}
  }
  controller.start()
  const told = {moves: [], refused: []}
  for (const name of ['name', 'version', 'protocol_version']) told[name] = (await ask(name)).content
  const known = (await ask('list_commands')).content.split('\n')
  told.commands = known
  for (const command of [['play', 'black', 'z99'], ['no_such_command']]) {
    const {error, content} = await ask(...command)
    if (error) told.refused.push(content)
  }
  await ask('clear_board')
  for (let ply = 0; (await ask('final_score')).error; ply++) {
    const {error, content} = await ask('genmove', ply % 2 ? 'white' : 'black')
    if (error) throw new Error(content)
    told.moves.push(content)
  }
  told.score = (await ask('final_score')).content
  await controller.stop()
  console.log(JSON.stringify(told))
}

main().catch(error => {
  console.error(error)
  process.exit(1)
})
