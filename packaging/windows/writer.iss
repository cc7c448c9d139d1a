; The installer for Windows, made by packaging/windows/package.py, which gives the version.
; It installs for one person without asking for an administrator, and leaves documents, settings and models alone.

[Setup]
AppId={{7C1B0B0C-2C5B-4F5D-9C0E-6D2F4A9B8E11}
AppName=Writer
AppVersion={#Version}
AppPublisher=The Writer project
DefaultDirName={autopf}\Writer
DefaultGroupName=Writer
DisableProgramGroupPage=yes
PrivilegesRequired=lowest
PrivilegesRequiredOverridesAllowed=dialog
ArchitecturesAllowed=x64compatible
ArchitecturesInstallIn64BitMode=x64compatible
MinVersion=10.0.17763
OutputDir=..\..\dist
OutputBaseFilename=writer-{#Version}-windows-x86_64
SetupIconFile=..\..\build\icons\writer.ico
UninstallDisplayIcon={app}\writer.exe
LicenseFile=..\..\LICENSE
Compression=lzma2/max
SolidCompression=yes
LZMAUseSeparateProcess=yes
WizardStyle=modern
ChangesAssociations=yes
CloseApplications=yes
#ifdef Signed
SignTool=sign
SignedUninstaller=yes
#endif

[Languages]
Name: "en"; MessagesFile: "compiler:Default.isl"

[Tasks]
Name: "desktopicon"; Description: "{cm:CreateDesktopIcon}"; Flags: unchecked

[InstallDelete]
Type: filesandordirs; Name: "{app}\_internal"

[Files]
Source: "..\..\dist\writer\*"; DestDir: "{app}"; Flags: ignoreversion recursesubdirs createallsubdirs

[Icons]
Name: "{group}\Writer"; Filename: "{app}\writer.exe"; AppUserModelID: "app.writer.Writer"
Name: "{autodesktop}\Writer"; Filename: "{app}\writer.exe"; Tasks: desktopicon

[Registry]
; Writer is offered under "Open with" for plain text and Markdown; nobody's default is changed.
Root: HKA; Subkey: "Software\Classes\Writer.Text"; ValueType: string; ValueData: "Text"; Flags: uninsdeletekey
Root: HKA; Subkey: "Software\Classes\Writer.Text\DefaultIcon"; ValueType: string; ValueData: "{app}\writer.exe,0"
Root: HKA; Subkey: "Software\Classes\Writer.Text\shell\open\command"; ValueType: string; ValueData: """{app}\writer.exe"" ""%1"""
Root: HKA; Subkey: "Software\Classes\.txt\OpenWithProgids"; ValueType: string; ValueName: "Writer.Text"; ValueData: ""; Flags: uninsdeletevalue
Root: HKA; Subkey: "Software\Classes\.md\OpenWithProgids"; ValueType: string; ValueName: "Writer.Text"; ValueData: ""; Flags: uninsdeletevalue
Root: HKA; Subkey: "Software\Classes\.markdown\OpenWithProgids"; ValueType: string; ValueName: "Writer.Text"; ValueData: ""; Flags: uninsdeletevalue

[Run]
Filename: "{app}\writer.exe"; Description: "{cm:LaunchProgram,Writer}"; Flags: nowait postinstall skipifsilent
