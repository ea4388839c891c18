"""The look of the debug page, and its one script; both are let pass by their hash, and by nothing else."""

from __future__ import annotations

from demijohn.kernel.error_page import csp_hash

STYLE = """\
:root{color-scheme:light dark;--bg:#f7faf8;--surface:#fff;--surface-2:#f0f4f2;--border:#d8dedb;
--strong:#808b85;--text:#19211e;--text-2:#505b56;--text-3:#646f69;--accent:#0c6b4d;--accent-soft:#def5ea;--danger:#ba2b28;
--danger-soft:#fdefed;--info:#2266a4;--ok:#246e3a;--warn:#8a5a18;--focus:#1a6fc4;
--font:system-ui,"Segoe UI",Roboto,"Noto Sans",sans-serif;
--mono:ui-monospace,"SF Mono","Cascadia Mono","Noto Sans Mono",monospace}
@media(prefers-color-scheme:dark){:root{--bg:#0f1412;--surface:#171c1a;--surface-2:#1f2422;--border:#2c3430;
--strong:#707a75;--text:#e8ecea;--text-2:#aab4af;--text-3:#929b96;--accent:#5ed8a9;--accent-soft:#153528;
--danger:#fb817a;--danger-soft:#3a1f1d;--info:#7cbbf0;--ok:#7cd591;--warn:#f0ba59;--focus:#6db5f2}}
*,::before{box-sizing:border-box}
body,h1,h2,h3,p,pre,dl,dd,ol,ul,figure{margin:0;padding:0}
body{background:var(--bg);color:var(--text);font:14px/20px var(--font);-webkit-text-size-adjust:100%}
main{max-width:1040px;margin:0 auto;padding:40px 24px 64px;overflow-wrap:anywhere}
code,pre,dt,.mono{font-family:var(--mono);font-size:13px;line-height:20px}
a{color:var(--accent);text-underline-offset:3px}
a:focus-visible,button:focus-visible,summary:focus-visible,pre:focus-visible{outline:2px solid var(--focus);
outline-offset:2px;border-radius:4px}
header{display:grid;grid-template-columns:1fr auto;gap:8px 24px;align-items:start}
header>*{grid-column:1/-1}
.type{grid-column:1;color:var(--danger);font:600 14px/28px var(--mono)}
.type small{color:var(--text-3);font-weight:400;font-size:13px}
h1{font-size:24px;line-height:32px;font-weight:600;white-space:pre-wrap}
h2{font-size:15px;line-height:22px;font-weight:600;margin:40px 0 4px}
h2+p{margin-bottom:12px}
h3{font:500 13px/20px var(--font);color:var(--text-2);margin:16px 0 4px}
.soft{color:var(--text-2)}
.where{font-size:14px}
button{grid-column:2;grid-row:1;height:28px;padding:0 12px;border:1px solid var(--strong);border-radius:4px;
background:var(--surface);color:var(--text);font:500 13px/1 var(--font);cursor:pointer}
button:hover{background:var(--surface-2)}
button[hidden]{display:none}
.said{font-size:16px;line-height:24px;font-weight:600;white-space:pre-wrap}
.message{white-space:pre-wrap;margin-top:4px;color:var(--text-2);max-height:320px;overflow:auto}
.code{margin:16px 0;padding:8px 0;overflow-x:auto;background:var(--surface);border:1px solid var(--border);
border-radius:6px;tab-size:4}
.code code{display:inline-block;min-width:100%}
.code .l{display:block;padding-right:16px;white-space:pre}
.code i{display:inline-block;width:6ch;padding-right:2ch;margin-right:1ch;text-align:right;
color:var(--text-3);font-style:normal;user-select:none;border-right:1px solid var(--border)}
.code .now{background:var(--danger-soft)}
.code .now i{color:var(--danger);font-weight:600;box-shadow:inset 3px 0 var(--danger)}
.code .now.caret{color:var(--danger);font-weight:600;line-height:12px;padding-bottom:4px}
.k{color:var(--info)}.s{color:var(--ok)}.n{color:var(--warn)}.c{color:var(--text-3)}.f{color:var(--accent)}
.help{display:grid;grid-template-columns:auto 1fr;gap:8px 16px;padding:12px 16px;
background:var(--accent-soft);border-radius:6px;font-size:15px;line-height:24px}
.help b{color:var(--accent);font-weight:600}
header+section>.help:first-child{margin-top:12px}
.help span{white-space:pre-wrap}
.help .mono{font-size:13px;line-height:24px}
details{border:1px solid var(--border);border-radius:6px;background:var(--surface);margin-top:8px}
details details{margin:0;border-width:0 0 1px;border-radius:0}
details details:last-child{border-bottom:0}
summary{display:flex;flex-wrap:wrap;gap:0 12px;align-items:baseline;padding:8px 12px 8px 28px;
position:relative;cursor:pointer;list-style:none}
summary::-webkit-details-marker{display:none}
summary::before{content:"";position:absolute;left:12px;top:14px;border:4px solid transparent;
border-left:6px solid var(--text-3);border-right:0}
details[open]>summary::before{transform:rotate(90deg)}
summary:hover{background:var(--surface-2)}
summary b{font:600 13px/20px var(--mono)}
summary .mono{color:var(--text-2)}
summary .line{flex-basis:100%;color:var(--text-3);overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
details[open]>summary .line{display:none}
.folded{background:none;border-style:dashed}
.folded>summary{color:var(--text-2)}
.body{padding:0 12px 12px}
.body .code{margin:4px 0 8px;background:var(--bg)}
dl{display:grid;grid-template-columns:minmax(12ch,max-content) 1fr;border-top:1px solid var(--border)}
.body dl{margin-top:8px}.body dl:first-child{margin-top:0;border-top:0}
dt,dd{padding:4px 0;border-bottom:1px solid var(--border)}
dl>:nth-last-child(-n+2){border-bottom:0}
dt{padding-right:24px;color:var(--text-2);max-width:32ch}
dd{font:13px/20px var(--mono);white-space:pre-wrap}
dd em,.empty{color:var(--text-3);font-style:italic}
.mistake{margin-top:24px;padding-top:24px;border-top:1px solid var(--border)}
.mistake h2{margin:0;white-space:pre-wrap;font-size:18px;line-height:26px}
footer{margin-top:48px;color:var(--text-3);font-size:12.5px;line-height:18px}
textarea{display:none}
@media(max-width:640px){main{padding:24px 16px 48px}h1{font-size:20px;line-height:28px}
header{gap:4px 16px}
.code{margin-inline:-16px;border-width:1px 0;border-radius:0}.body .code{margin-inline:-12px}
.code i{width:5ch;padding-right:1ch}
dl{grid-template-columns:1fr}dt{padding:6px 0 0;border:0;max-width:none}dd{padding:0 0 6px}
dl>:nth-last-child(2){border-bottom:0}
.help{grid-template-columns:1fr;gap:0}.help span+b{margin-top:8px}}
@media print{.code{overflow:visible}.code .l{white-space:pre-wrap}button{display:none}}
"""

SCRIPT = """\
const b=document.getElementById("copy"),t=document.getElementById("markdown");
if(navigator.clipboard){b.hidden=false;b.addEventListener("click",async()=>{
try{await navigator.clipboard.writeText(t.value);b.textContent="Copied"}catch{b.textContent="Could not copy"}
setTimeout(()=>{b.textContent="Copy as Markdown"},2000)})}
"""

DEBUG_CSP: str = (
    f"default-src 'none'; style-src {csp_hash(STYLE)}; script-src {csp_hash(SCRIPT)}; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)
"""The Content-Security-Policy to send with a debug page."""
