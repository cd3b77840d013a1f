import{a,b}from"./chunk-ANAPMPDU.js";import"./chunk-EFOC6H2T.js";import"./chunk-UENZVN5H.js";import"./chunk-D7T4XN55.js";import"./chunk-AAZABAPM.js";export{b as Figure,a as StatusPage};
