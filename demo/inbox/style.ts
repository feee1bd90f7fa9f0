/** How the pages of the inbox look: one column on a telephone, wide ones beside each other, light or dark as the reader's machine is set. Contrasts are at least 4.5 to 1. */
export const style = `
:root { color-scheme: light dark; --paper: #fff; --ink: #1b1f24; --quiet: #4d5661; --line: #c9d0d8; --card: #f5f7f9; --link: #0b4f9e; --wait: #7a4100; --good: #17602c; --bad: #a1161f; }
@media (prefers-color-scheme: dark) { :root { --paper: #14171b; --ink: #e8ebee; --quiet: #b0b8c1; --line: #454d57; --card: #1e2329; --link: #8ec1ff; --wait: #ffc069; --good: #7fd898; --bad: #ff9a9f; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 70rem; padding: 0 1rem 3rem; background: var(--paper); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
a { color: var(--link); }
a:focus-visible, button:focus-visible, input:focus-visible, textarea:focus-visible, summary:focus-visible, pre:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
.skip { position: absolute; left: -99rem; }
.skip:focus { position: static; display: block; }
header { display: flex; flex-wrap: wrap; gap: .25rem 1.5rem; align-items: baseline; padding: 1rem 0 .5rem; border-bottom: 1px solid var(--line); }
header p, header nav { margin: 0; }
header .tools { margin-left: auto; display: flex; gap: 1.5rem; }
h1 { font-size: 1.6rem; line-height: 1.25; }
h2 { font-size: 1.25rem; margin-top: 2rem; }
h3 { font-size: 1.05rem; margin: 0; }
ul.cards, ol.cards { list-style: none; margin: 0; padding: 0; display: grid; gap: .75rem; }
@media (min-width: 45rem) { ul.cards { grid-template-columns: 1fr 1fr; } }
.cards > li, .letter, fieldset, .answer { background: var(--card); border: 1px solid var(--line); border-radius: .5rem; padding: .75rem 1rem; }
.cards p { margin: .15rem 0 0; }
.quiet { color: var(--quiet); }
.wait { color: var(--wait); font-weight: 600; }
.good { color: var(--good); font-weight: 600; }
.bad { color: var(--bad); font-weight: 600; }
dl { display: grid; grid-template-columns: minmax(6rem, max-content) 1fr; gap: .15rem 1rem; margin: .5rem 0; }
dt { color: var(--quiet); }
dd { margin: 0; }
.letter { margin: 1rem 0; }
.text { white-space: pre-wrap; max-width: 70ch; margin: 1rem 0 .5rem; }
fieldset { margin: 0; }
fieldset label { display: block; padding: .35rem 0; }
.answer { display: grid; gap: 1.25rem; }
.answer form { margin: 0; }
label { display: block; }
textarea { width: 100%; max-width: 45rem; min-height: 5rem; font: inherit; color: inherit; background: var(--paper); border: 1px solid var(--quiet); border-radius: .3rem; padding: .5rem; }
input[type=radio] { width: 1.15rem; height: 1.15rem; vertical-align: -.2rem; margin: 0 .4rem 0 0; accent-color: var(--link); }
button { font: inherit; font-weight: 600; min-height: 2.75rem; padding: .4rem 1.1rem; margin-top: .5rem; color: var(--paper); background: var(--link); border: 1px solid var(--link); border-radius: .3rem; cursor: pointer; }
button.no { color: var(--bad); background: var(--paper); border-color: var(--bad); }
summary { cursor: pointer; padding: .5rem 0; }
pre { overflow-x: auto; white-space: pre; background: var(--card); border: 1px solid var(--line); border-radius: .5rem; padding: 1rem; font-size: .85rem; overflow-wrap: normal; }
.pages { display: flex; gap: 1.5rem; margin-top: 1rem; }
`.trimStart();
